-- initial
--
-- * create the table crm_customer
-- * create the table crm_customer_audit_log
-- * create the table crm_order
-- * create the table crm_order_audit_log
-- * create the table crm_order_line
-- * create the table crm_product
-- * create the table crm_product_audit_log
-- * create the table crm_region
-- * create the table finance_invoice
-- * create the table finance_invoice_audit_log
-- * create the table finance_payment
-- * create the table finance_payment_audit_log
-- * create the table crm_event_log
-- * create the table finance_event_log
--
-- Read it before it is committed; when you change it: appos migrate hash

CREATE TABLE `crm_customer` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `code` text NOT NULL,
  `name` text NOT NULL,
  `contact` text NOT NULL DEFAULT '',
  `email` text NULL,
  `phone` text NOT NULL DEFAULT '',
  `city` text NOT NULL DEFAULT '',
  `country` text NOT NULL DEFAULT '',
  `tier` text NOT NULL DEFAULT 'bronze',
  `credit_limit` integer NOT NULL DEFAULT 0,
  `region_id` integer NULL,
  `since` text NULL,
  `tags` text NOT NULL DEFAULT '[]',
  `deleted_at` integer NULL,
  FOREIGN KEY (`region_id`) REFERENCES `crm_region` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `crm_customer_code_check` CHECK (length("code") <= 20),
  CONSTRAINT `crm_customer_name_check` CHECK (length("name") <= 100),
  CONSTRAINT `crm_customer_contact_check` CHECK (length("contact") <= 100),
  CONSTRAINT `crm_customer_email_check` CHECK (length("email") <= 200),
  CONSTRAINT `crm_customer_phone_check` CHECK (length("phone") <= 40),
  CONSTRAINT `crm_customer_city_check` CHECK (length("city") <= 60),
  CONSTRAINT `crm_customer_country_check` CHECK (length("country") <= 60),
  CONSTRAINT `crm_customer_tier_check` CHECK ("tier" IN ('bronze', 'silver', 'gold', 'platinum')),
  CONSTRAINT `crm_customer_credit_limit_check` CHECK ("credit_limit" >= 0)
) STRICT;

CREATE UNIQUE INDEX `uq_crm_customer_code` ON `crm_customer` (`code`) WHERE "deleted_at" IS NULL;

CREATE INDEX `ix_crm_customer_name_id` ON `crm_customer` (`name`, `id`) WHERE "deleted_at" IS NULL;

CREATE UNIQUE INDEX `uq_crm_customer_email` ON `crm_customer` (`email`) WHERE "deleted_at" IS NULL;

CREATE INDEX `ix_crm_customer_region_id` ON `crm_customer` (`region_id`);

CREATE TABLE `crm_customer_audit_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `record_id` integer NOT NULL,
  `version` integer NULL,
  `operation` text NOT NULL,
  `restored` integer NULL,
  `field` text NULL,
  `old_value` text NULL,
  `new_value` text NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_crm_customer_audit_log_record_id_version` ON `crm_customer_audit_log` (`record_id`, `version`);

CREATE TABLE `crm_order` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `number` text NOT NULL,
  `customer_id` integer NOT NULL,
  `status` text NOT NULL DEFAULT 'draft',
  `placed_at` integer NOT NULL,
  `due_on` text NULL,
  `shipped_at` integer NULL,
  `freight` integer NOT NULL DEFAULT 0,
  FOREIGN KEY (`customer_id`) REFERENCES `crm_customer` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `crm_order_number_check` CHECK (length("number") <= 20),
  CONSTRAINT `crm_order_status_check` CHECK ("status" IN ('draft', 'confirmed', 'shipped', 'delivered', 'cancelled')),
  CONSTRAINT `crm_order_freight_check` CHECK ("freight" >= 0),
  CONSTRAINT `crm_order_shipped_after_placed_check` CHECK (("shipped_at" IS NULL) OR ("shipped_at" >= "placed_at"))
) STRICT;

CREATE UNIQUE INDEX `uq_crm_order_number` ON `crm_order` (`number`);

CREATE INDEX `ix_crm_order_customer_id` ON `crm_order` (`customer_id`);

CREATE INDEX `ix_crm_order_status_id` ON `crm_order` (`status`, `id`);

CREATE INDEX `ix_crm_order_placed_at_id` ON `crm_order` (`placed_at`, `id`);

CREATE TABLE `crm_order_audit_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `record_id` integer NOT NULL,
  `version` integer NULL,
  `operation` text NOT NULL,
  `restored` integer NULL,
  `field` text NULL,
  `old_value` text NULL,
  `new_value` text NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_crm_order_audit_log_record_id_version` ON `crm_order_audit_log` (`record_id`, `version`);

CREATE TABLE `crm_order_line` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `order_id` integer NOT NULL,
  `product_id` integer NOT NULL,
  `unit_price` integer NOT NULL DEFAULT 0,
  `quantity` integer NOT NULL,
  `discount` integer NOT NULL DEFAULT 0,
  FOREIGN KEY (`order_id`) REFERENCES `crm_order` (`id`) ON DELETE NO ACTION,
  FOREIGN KEY (`product_id`) REFERENCES `crm_product` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `crm_order_line_unit_price_check` CHECK ("unit_price" >= 0),
  CONSTRAINT `crm_order_line_quantity_check` CHECK ("quantity" >= 1),
  CONSTRAINT `crm_order_line_discount_check` CHECK (("discount" >= 0) AND ("discount" <= 10000))
) STRICT;

CREATE INDEX `ix_crm_order_line_order_id` ON `crm_order_line` (`order_id`);

CREATE INDEX `ix_crm_order_line_product_id` ON `crm_order_line` (`product_id`);

CREATE UNIQUE INDEX `uq_crm_order_line_order_id_product_id` ON `crm_order_line` (`order_id`, `product_id`);

CREATE TABLE `crm_product` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `name` text NOT NULL,
  `unit_price` integer NOT NULL DEFAULT 0,
  `stock` integer NOT NULL DEFAULT 0,
  `lead_time` integer NOT NULL DEFAULT 0,
  `discontinued` integer NOT NULL DEFAULT 0,
  CONSTRAINT `crm_product_name_check` CHECK (length("name") <= 100),
  CONSTRAINT `crm_product_unit_price_check` CHECK ("unit_price" >= 0),
  CONSTRAINT `crm_product_stock_check` CHECK ("stock" >= 0)
) STRICT;

CREATE INDEX `ix_crm_product_name_id` ON `crm_product` (`name`, `id`);

CREATE TABLE `crm_product_audit_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `record_id` integer NOT NULL,
  `version` integer NULL,
  `operation` text NOT NULL,
  `restored` integer NULL,
  `field` text NULL,
  `old_value` text NULL,
  `new_value` text NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_crm_product_audit_log_record_id_version` ON `crm_product_audit_log` (`record_id`, `version`);

CREATE TABLE `crm_region` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `name` text NOT NULL,
  CONSTRAINT `crm_region_name_check` CHECK (length("name") <= 60)
) STRICT;

CREATE UNIQUE INDEX `uq_crm_region_name` ON `crm_region` (`name`);

CREATE TABLE `finance_invoice` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `number` text NOT NULL,
  `customer_id` integer NOT NULL,
  `order_id` integer NULL,
  `amount` integer NOT NULL,
  `status` text NOT NULL DEFAULT 'open',
  `issued_at` integer NOT NULL,
  `due_at` integer NOT NULL,
  FOREIGN KEY (`customer_id`) REFERENCES `crm_customer` (`id`) ON DELETE NO ACTION,
  FOREIGN KEY (`order_id`) REFERENCES `crm_order` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `finance_invoice_number_check` CHECK (length("number") <= 20),
  CONSTRAINT `finance_invoice_amount_check` CHECK ("amount" > 0),
  CONSTRAINT `finance_invoice_status_check` CHECK ("status" IN ('open', 'paid', 'overdue', 'void'))
) STRICT;

CREATE UNIQUE INDEX `uq_finance_invoice_number` ON `finance_invoice` (`number`);

CREATE INDEX `ix_finance_invoice_customer_id` ON `finance_invoice` (`customer_id`);

CREATE INDEX `ix_finance_invoice_order_id` ON `finance_invoice` (`order_id`);

CREATE TABLE `finance_invoice_audit_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `record_id` integer NOT NULL,
  `version` integer NULL,
  `operation` text NOT NULL,
  `restored` integer NULL,
  `field` text NULL,
  `old_value` text NULL,
  `new_value` text NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_finance_invoice_audit_log_record_id_version` ON `finance_invoice_audit_log` (`record_id`, `version`);

CREATE TABLE `finance_payment` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `version` integer NOT NULL,
  `created_at` integer NOT NULL,
  `created_by` text NOT NULL,
  `updated_at` integer NOT NULL,
  `updated_by` text NOT NULL,
  `reference` text NOT NULL,
  `invoice_id` integer NOT NULL,
  `amount` integer NOT NULL,
  `method` text NOT NULL DEFAULT 'transfer',
  `paid_at` integer NOT NULL,
  FOREIGN KEY (`invoice_id`) REFERENCES `finance_invoice` (`id`) ON DELETE NO ACTION,
  CONSTRAINT `finance_payment_reference_check` CHECK (length("reference") <= 40),
  CONSTRAINT `finance_payment_amount_check` CHECK ("amount" > 0),
  CONSTRAINT `finance_payment_method_check` CHECK ("method" IN ('transfer', 'card', 'direct_debit'))
) STRICT;

CREATE UNIQUE INDEX `uq_finance_payment_reference` ON `finance_payment` (`reference`);

CREATE INDEX `ix_finance_payment_invoice_id` ON `finance_payment` (`invoice_id`);

CREATE TABLE `finance_payment_audit_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `record_id` integer NOT NULL,
  `version` integer NULL,
  `operation` text NOT NULL,
  `restored` integer NULL,
  `field` text NULL,
  `old_value` text NULL,
  `new_value` text NULL,
  `changed_by` text NOT NULL,
  `changed_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_finance_payment_audit_log_record_id_version` ON `finance_payment_audit_log` (`record_id`, `version`);

CREATE TABLE `crm_event_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL,
  `fields` text NOT NULL,
  `created_by` text NOT NULL,
  `created_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_crm_event_log_name` ON `crm_event_log` (`name`);

CREATE INDEX `ix_crm_event_log_created_at` ON `crm_event_log` (`created_at`);

CREATE TABLE `finance_event_log` (
  `id` integer NOT NULL PRIMARY KEY AUTOINCREMENT,
  `name` text NOT NULL,
  `fields` text NOT NULL,
  `created_by` text NOT NULL,
  `created_at` integer NOT NULL,
  `execution_id` text NOT NULL
) STRICT;

CREATE INDEX `ix_finance_event_log_name` ON `finance_event_log` (`name`);

CREATE INDEX `ix_finance_event_log_created_at` ON `finance_event_log` (`created_at`);
