-- initial
--
-- * create the table appos_security_epoch
-- * create the table appos_user_account
-- * create the table appos_user_group
-- * create the table appos_membership
-- * create the table appos_object_permission
-- * create the table appos_session
-- * create the table appos_login_throttle
-- * create the table appos_security_audit
-- * create the table appos_import
-- * create the table appos_first_start
-- * create the table appos_secret
-- * create the table appos_system
-- * create the table appos_system_setting
-- * create the table appos_system_health
-- * create the table platform_event_log
-- * create the table admin_event_log
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `appos_security_epoch` (
  `id` integer NOT NULL,
  `epoch` integer NOT NULL,
  `secret` blob NOT NULL,
  PRIMARY KEY (`id`)
) STRICT;

CREATE TABLE `appos_user_account` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL,
  `full_name` text NOT NULL DEFAULT '',
  `email` text NOT NULL DEFAULT '',
  `language` text NOT NULL DEFAULT '',
  `time_zone` text NOT NULL DEFAULT '',
  `type` text NOT NULL,
  `active` integer NOT NULL,
  `builtin` integer NOT NULL,
  `password_hash` text NOT NULL DEFAULT '',
  `password_changed_at` integer NULL,
  `session_epoch` integer NOT NULL DEFAULT 0,
  `last_sign_in_at` integer NULL,
  `created_at` integer NOT NULL,
  `updated_at` integer NOT NULL,
  CONSTRAINT `ck_appos_user_account_type` CHECK ("type" IN ('basic', 'system_admin', 'service_account'))
) STRICT;

CREATE UNIQUE INDEX `uq_appos_user_account_name` ON `appos_user_account` (`name`);

CREATE TABLE `appos_user_group` (
  `name` text NOT NULL,
  `description` text NOT NULL DEFAULT '',
  `active` integer NOT NULL,
  `builtin` integer NOT NULL,
  `created_at` integer NOT NULL,
  `updated_at` integer NOT NULL,
  PRIMARY KEY (`name`)
) STRICT;

CREATE TABLE `appos_membership` (
  `user_id` integer NOT NULL,
  `group_name` text NOT NULL,
  `created_at` integer NOT NULL,
  PRIMARY KEY (`user_id`, `group_name`),
  FOREIGN KEY (`user_id`) REFERENCES `appos_user_account` (`id`) ON DELETE NO ACTION,
  FOREIGN KEY (`group_name`) REFERENCES `appos_user_group` (`name`) ON DELETE NO ACTION
) STRICT;

CREATE INDEX `ix_appos_membership_group_name` ON `appos_membership` (`group_name`);

CREATE TABLE `appos_object_permission` (
  `group_name` text NOT NULL,
  `object_ref` text NOT NULL,
  `permission` text NOT NULL,
  `source` text NOT NULL,
  PRIMARY KEY (`object_ref`, `group_name`, `permission`),
  CONSTRAINT `ck_appos_object_permission_source` CHECK ("source" IN ('declared', 'admin'))
) STRICT;

CREATE TABLE `appos_session` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `token_hash` text NOT NULL,
  `user_id` integer NOT NULL,
  `kind` text NOT NULL,
  `address` text NOT NULL,
  `user_agent` text NOT NULL,
  `created_at` integer NOT NULL,
  `seen_at` integer NOT NULL,
  `expires_at` integer NOT NULL,
  FOREIGN KEY (`user_id`) REFERENCES `appos_user_account` (`id`) ON DELETE NO ACTION
) STRICT;

CREATE UNIQUE INDEX `uq_appos_session_token_hash` ON `appos_session` (`token_hash`);

CREATE INDEX `ix_appos_session_user_id` ON `appos_session` (`user_id`);

CREATE INDEX `ix_appos_session_expires_at` ON `appos_session` (`expires_at`);

CREATE TABLE `appos_login_throttle` (
  `subject` text NOT NULL,
  `failures` integer NOT NULL,
  `last_at` integer NOT NULL,
  `locked_until` integer NOT NULL,
  PRIMARY KEY (`subject`)
) STRICT;

CREATE TABLE `appos_security_audit` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `at` integer NOT NULL,
  `actor` text NOT NULL,
  `action` text NOT NULL,
  `subject` text NOT NULL,
  `before` text NULL,
  `after` text NULL,
  `execution_id` text NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX `ix_appos_security_audit_subject` ON `appos_security_audit` (`subject`);

CREATE TABLE `appos_import` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `record` text NOT NULL,
  `user` text NOT NULL,
  `file` text NOT NULL,
  `name` text NOT NULL,
  `size` integer NOT NULL,
  `hash` text NOT NULL,
  `options` text NOT NULL,
  `state` text NOT NULL,
  `message` text NOT NULL,
  `pass` integer NOT NULL,
  `position` integer NOT NULL,
  `created` integer NOT NULL,
  `updated` integer NOT NULL,
  `unchanged` integer NOT NULL,
  `failed` integer NOT NULL,
  `pending` integer NOT NULL,
  `reported` integer NOT NULL,
  `started_at` integer NOT NULL,
  `updated_at` integer NOT NULL
) STRICT;

CREATE INDEX `ix_appos_import_state` ON `appos_import` (`state`);

CREATE TABLE `appos_first_start` (
  `app` text NOT NULL,
  `part` text NOT NULL,
  `at` integer NOT NULL,
  PRIMARY KEY (`app`, `part`)
) STRICT;

CREATE TABLE `appos_secret` (
  `id` integer NOT NULL,
  `sample` blob NOT NULL,
  `rotated_at` integer NULL,
  PRIMARY KEY (`id`)
) STRICT;

CREATE TABLE `appos_system` (
  `system` text NOT NULL,
  `revision` integer NOT NULL DEFAULT 0,
  `checked_at` integer NULL,
  PRIMARY KEY (`system`)
) STRICT;

CREATE TABLE `appos_system_setting` (
  `system` text NOT NULL,
  `environment` text NOT NULL,
  `name` text NOT NULL,
  `value` text NULL,
  `sealed` blob NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  PRIMARY KEY (`system`, `environment`, `name`)
) STRICT;

CREATE TABLE `appos_system_health` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `system` text NOT NULL,
  `at` integer NOT NULL,
  `latency` integer NOT NULL,
  `fault` text NOT NULL
) STRICT;

CREATE INDEX `ix_appos_system_health_system_at` ON `appos_system_health` (`system`, `at`);

CREATE INDEX `ix_appos_system_health_at` ON `appos_system_health` (`at`);

CREATE TABLE `platform_event_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL,
  `fields` text NOT NULL,
  `created_by` text NOT NULL,
  `created_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_platform_event_log_name` ON `platform_event_log` (`name`);

CREATE INDEX `ix_platform_event_log_created_at` ON `platform_event_log` (`created_at`);

CREATE TABLE `admin_event_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL,
  `fields` text NOT NULL,
  `created_by` text NOT NULL,
  `created_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_admin_event_log_name` ON `admin_event_log` (`name`);

CREATE INDEX `ix_admin_event_log_created_at` ON `admin_event_log` (`created_at`);
