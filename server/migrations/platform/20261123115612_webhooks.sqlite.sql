-- webhooks
--
-- * create the table appos_webhook_outbox
-- * create the table appos_webhook
-- * create the table appos_webhook_delivery
-- * create the table appos_webhook_attempt
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `appos_webhook_outbox` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `webhook` integer NOT NULL,
  `event` text NOT NULL,
  `type` text NOT NULL,
  `record` text NOT NULL,
  `row_id` integer NOT NULL,
  `version` integer NOT NULL,
  `body` text NOT NULL,
  `created_at` integer NOT NULL
) STRICT;

CREATE TABLE `appos_webhook` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL,
  `target` text NOT NULL,
  `account` integer NOT NULL,
  `records` text NOT NULL,
  `operations` text NOT NULL,
  `filter` text NOT NULL,
  `fields` text NOT NULL,
  `environments` text NOT NULL,
  `state` text NOT NULL,
  `reason` text NOT NULL,
  `secret` blob NULL,
  `old_secret` blob NULL,
  `old_until` integer NULL,
  `failing_since` integer NULL,
  `held_until` integer NULL,
  `revision` integer NOT NULL DEFAULT 1,
  `created_by` text NOT NULL,
  `created_at` integer NOT NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL
) STRICT;

CREATE UNIQUE INDEX `uq_appos_webhook_name` ON `appos_webhook` (`name`);

CREATE TABLE `appos_webhook_delivery` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `webhook` integer NOT NULL,
  `event` text NOT NULL,
  `type` text NOT NULL,
  `record` text NOT NULL,
  `row_id` integer NOT NULL,
  `version` integer NOT NULL,
  `body` text NOT NULL,
  `created_at` integer NOT NULL,
  `state` text NOT NULL,
  `attempts` integer NOT NULL DEFAULT 0,
  `tries` integer NOT NULL DEFAULT 0,
  `next_at` integer NULL,
  `ended_at` integer NULL,
  `status` integer NOT NULL DEFAULT 0,
  `latency` integer NOT NULL DEFAULT 0,
  `fault` text NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX `uq_appos_webhook_delivery_webhook_event` ON `appos_webhook_delivery` (`webhook`, `event`);

CREATE INDEX `ix_appos_webhook_delivery_webhook_state_id` ON `appos_webhook_delivery` (`webhook`, `state`, `id`);

CREATE INDEX `ix_appos_webhook_delivery_created_at` ON `appos_webhook_delivery` (`created_at`);

CREATE INDEX `ix_appos_webhook_delivery_next_at` ON `appos_webhook_delivery` (`next_at`) WHERE "state" = 'waiting';

CREATE TABLE `appos_webhook_attempt` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `delivery` integer NOT NULL,
  `at` integer NOT NULL,
  `latency` integer NOT NULL,
  `status` integer NOT NULL,
  `fault` text NOT NULL,
  `answer` text NOT NULL,
  FOREIGN KEY (`delivery`) REFERENCES `appos_webhook_delivery` (`id`) ON DELETE CASCADE
) STRICT;

CREATE INDEX `ix_appos_webhook_attempt_delivery` ON `appos_webhook_attempt` (`delivery`);
