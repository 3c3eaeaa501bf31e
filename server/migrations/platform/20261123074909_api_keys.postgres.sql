-- api_keys
--
-- * create the table appos_api_key
-- * create the table appos_api_key_network
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE "appos_api_key" (
  "id" text NOT NULL COLLATE "C",
  "secret_hash" text NOT NULL COLLATE "C",
  "user_id" bigint NOT NULL,
  "name" text NOT NULL COLLATE "C",
  "scope" text NOT NULL DEFAULT '' COLLATE "C",
  "created_by" text NOT NULL COLLATE "C",
  "created_at" timestamptz NOT NULL,
  "expires_at" timestamptz NULL,
  "revoked_at" timestamptz NULL,
  "used_at" timestamptz NULL,
  "used_from" text NOT NULL DEFAULT '' COLLATE "C",
  "replaces" text NOT NULL DEFAULT '' COLLATE "C",
  PRIMARY KEY ("id"),
  CONSTRAINT "fk_appos_api_key_user_id" FOREIGN KEY ("user_id") REFERENCES "appos_user_account" ("id") ON DELETE NO ACTION
);

CREATE INDEX "ix_appos_api_key_user_id" ON "appos_api_key" ("user_id");

CREATE INDEX "ix_appos_api_key_expires_at" ON "appos_api_key" ("expires_at" NULLS FIRST);

CREATE TABLE "appos_api_key_network" (
  "key_id" text NOT NULL COLLATE "C",
  "network" text NOT NULL COLLATE "C",
  "first_at" timestamptz NOT NULL,
  "last_at" timestamptz NOT NULL,
  PRIMARY KEY ("key_id", "network"),
  CONSTRAINT "fk_appos_api_key_network_key_id" FOREIGN KEY ("key_id") REFERENCES "appos_api_key" ("id") ON DELETE CASCADE
);
