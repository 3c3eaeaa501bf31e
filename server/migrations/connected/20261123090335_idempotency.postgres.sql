-- idempotency
--
-- * create the table appos_idempotency
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE "appos_idempotency" (
  "key" text NOT NULL COLLATE "C",
  "account" text NOT NULL COLLATE "C",
  "method" text NOT NULL COLLATE "C",
  "path" text NOT NULL COLLATE "C",
  "body" text NOT NULL COLLATE "C",
  "rights" text NOT NULL COLLATE "C",
  "status" bigint NOT NULL,
  "header" jsonb NOT NULL,
  "answer" bytea NULL,
  "created_at" timestamptz NOT NULL,
  "alive_until" timestamptz NOT NULL,
  PRIMARY KEY ("key")
);

CREATE INDEX "ix_appos_idempotency_created_at" ON "appos_idempotency" ("created_at");
