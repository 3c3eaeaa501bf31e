-- api_keys
--
-- * create the table appos_api_key
-- * create the table appos_api_key_network
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `appos_api_key` (
  `id` text NOT NULL,
  `secret_hash` text NOT NULL,
  `user_id` integer NOT NULL,
  `name` text NOT NULL,
  `scope` text NOT NULL DEFAULT '',
  `created_by` text NOT NULL,
  `created_at` integer NOT NULL,
  `expires_at` integer NULL,
  `revoked_at` integer NULL,
  `used_at` integer NULL,
  `used_from` text NOT NULL DEFAULT '',
  `replaces` text NOT NULL DEFAULT '',
  PRIMARY KEY (`id`),
  FOREIGN KEY (`user_id`) REFERENCES `appos_user_account` (`id`) ON DELETE NO ACTION
) STRICT;

CREATE INDEX `ix_appos_api_key_user_id` ON `appos_api_key` (`user_id`);

CREATE INDEX `ix_appos_api_key_expires_at` ON `appos_api_key` (`expires_at`);

CREATE TABLE `appos_api_key_network` (
  `key_id` text NOT NULL,
  `network` text NOT NULL,
  `first_at` integer NOT NULL,
  `last_at` integer NOT NULL,
  PRIMARY KEY (`key_id`, `network`),
  FOREIGN KEY (`key_id`) REFERENCES `appos_api_key` (`id`) ON DELETE CASCADE
) STRICT;
