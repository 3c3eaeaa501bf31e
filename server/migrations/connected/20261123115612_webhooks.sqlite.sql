-- webhooks
--
-- * create the table appos_webhook_outbox
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
