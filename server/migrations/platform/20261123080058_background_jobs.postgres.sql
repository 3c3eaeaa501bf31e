-- background_jobs
--
-- * create the table appos_node
-- * create the table appos_schedule
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE "appos_node" (
  "id" text NOT NULL COLLATE "C",
  "host" text NOT NULL COLLATE "C",
  "version" text NOT NULL COLLATE "C",
  "queues" text NOT NULL COLLATE "C",
  "running" bigint NOT NULL,
  "started_at" timestamptz NOT NULL,
  "beat_at" timestamptz NOT NULL,
  PRIMARY KEY ("id")
);

CREATE TABLE "appos_schedule" (
  "name" text NOT NULL COLLATE "C",
  "every" text NOT NULL COLLATE "C",
  "next_at" timestamptz NOT NULL,
  "last_at" timestamptz NULL,
  "last_job" bigint NULL,
  PRIMARY KEY ("name")
);
