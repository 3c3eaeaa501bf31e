-- constants_and_texts
--
-- * create the table appos_revision
-- * create the table appos_constant_override
-- * create the table appos_text_override
-- * create the table appos_text_history
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `appos_revision` (
  `topic` text NOT NULL,
  `revision` integer NOT NULL,
  PRIMARY KEY (`topic`)
) STRICT;

CREATE TABLE `appos_constant_override` (
  `constant` text NOT NULL,
  `environment` text NOT NULL,
  `value` text NOT NULL,
  `version` integer NOT NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  PRIMARY KEY (`constant`, `environment`)
) STRICT;

CREATE TABLE `appos_text_override` (
  `translation_set` text NOT NULL,
  `name` text NOT NULL,
  `language` text NOT NULL,
  `said` text NOT NULL,
  `version` integer NOT NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  PRIMARY KEY (`translation_set`, `name`, `language`)
) STRICT;

CREATE TABLE `appos_text_history` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `translation_set` text NOT NULL,
  `name` text NOT NULL,
  `language` text NOT NULL,
  `was` text NULL,
  `said` text NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  `execution_id` text NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX `ix_appos_text_history_translation_set_name` ON `appos_text_history` (`translation_set`, `name`);
