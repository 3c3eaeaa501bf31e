-- background_jobs
--
-- * create the table appos_node
-- * create the table appos_schedule
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `appos_node` (
  `id` text NOT NULL,
  `host` text NOT NULL,
  `version` text NOT NULL,
  `queues` text NOT NULL,
  `running` integer NOT NULL,
  `started_at` integer NOT NULL,
  `beat_at` integer NOT NULL,
  PRIMARY KEY (`id`)
) STRICT;

CREATE TABLE `appos_schedule` (
  `name` text NOT NULL,
  `every` text NOT NULL,
  `next_at` integer NOT NULL,
  `last_at` integer NULL,
  `last_job` integer NULL,
  PRIMARY KEY (`name`)
) STRICT;
