-- initial
--
-- * create the table appos_import
-- * create the table appos_first_start
--
-- Read it before it is committed; when you change it: appos migrate hash

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
