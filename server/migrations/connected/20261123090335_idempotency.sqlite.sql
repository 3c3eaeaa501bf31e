-- idempotency
--
-- * create the table appos_idempotency
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `appos_idempotency` (
  `key` text NOT NULL,
  `account` text NOT NULL,
  `method` text NOT NULL,
  `path` text NOT NULL,
  `body` text NOT NULL,
  `rights` text NOT NULL,
  `status` integer NOT NULL,
  `header` text NOT NULL,
  `answer` blob NULL,
  `created_at` integer NOT NULL,
  `alive_until` integer NOT NULL,
  PRIMARY KEY (`key`)
) STRICT;

CREATE INDEX `ix_appos_idempotency_created_at` ON `appos_idempotency` (`created_at`);
