-- idempotency_large
--
-- * add the column appos_idempotency.large (bool)
--
-- Read it before it is committed; when you change it: appos migrate hash

ALTER TABLE `appos_idempotency` ADD COLUMN `large` integer NOT NULL DEFAULT 0;
