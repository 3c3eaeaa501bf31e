-- search
--
-- * make the full-text index of crm_customer anew
-- * make the full-text index of crm_order anew
-- * make the full-text index of crm_product anew
-- * make the full-text index of crm_region anew
-- * make the full-text index of finance_invoice anew
-- * make the full-text index of finance_payment anew
--
-- Read it before it is committed; when you change it: appos migrate hash

-- index the words of crm_customer
CREATE VIRTUAL TABLE "crm_customer_fts" USING fts5("code", "name", "contact", "email", "city", content='crm_customer', content_rowid='id', tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0);

CREATE TRIGGER "crm_customer_fts_insert" AFTER INSERT ON "crm_customer" BEGIN
  INSERT INTO "crm_customer_fts" (rowid, "code", "name", "contact", "email", "city") VALUES (new."id", new."code", new."name", new."contact", new."email", new."city");
END;

CREATE TRIGGER "crm_customer_fts_update" AFTER UPDATE OF "code", "name", "contact", "email", "city" ON "crm_customer" BEGIN
  INSERT INTO "crm_customer_fts" ("crm_customer_fts", rowid, "code", "name", "contact", "email", "city") VALUES ('delete', old."id", old."code", old."name", old."contact", old."email", old."city");
  INSERT INTO "crm_customer_fts" (rowid, "code", "name", "contact", "email", "city") VALUES (new."id", new."code", new."name", new."contact", new."email", new."city");
END;

CREATE TRIGGER "crm_customer_fts_delete" AFTER DELETE ON "crm_customer" BEGIN
  INSERT INTO "crm_customer_fts" ("crm_customer_fts", rowid, "code", "name", "contact", "email", "city") VALUES ('delete', old."id", old."code", old."name", old."contact", old."email", old."city");
END;

-- index the rows of crm_customer
INSERT INTO "crm_customer_fts" ("crm_customer_fts") VALUES ('rebuild');

-- index the words of crm_order
CREATE VIRTUAL TABLE "crm_order_fts" USING fts5("number", content='crm_order', content_rowid='id', tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0);

CREATE TRIGGER "crm_order_fts_insert" AFTER INSERT ON "crm_order" BEGIN
  INSERT INTO "crm_order_fts" (rowid, "number") VALUES (new."id", new."number");
END;

CREATE TRIGGER "crm_order_fts_update" AFTER UPDATE OF "number" ON "crm_order" BEGIN
  INSERT INTO "crm_order_fts" ("crm_order_fts", rowid, "number") VALUES ('delete', old."id", old."number");
  INSERT INTO "crm_order_fts" (rowid, "number") VALUES (new."id", new."number");
END;

CREATE TRIGGER "crm_order_fts_delete" AFTER DELETE ON "crm_order" BEGIN
  INSERT INTO "crm_order_fts" ("crm_order_fts", rowid, "number") VALUES ('delete', old."id", old."number");
END;

-- index the rows of crm_order
INSERT INTO "crm_order_fts" ("crm_order_fts") VALUES ('rebuild');

-- index the words of crm_product
CREATE VIRTUAL TABLE "crm_product_fts" USING fts5("name", content='crm_product', content_rowid='id', tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0);

CREATE TRIGGER "crm_product_fts_insert" AFTER INSERT ON "crm_product" BEGIN
  INSERT INTO "crm_product_fts" (rowid, "name") VALUES (new."id", new."name");
END;

CREATE TRIGGER "crm_product_fts_update" AFTER UPDATE OF "name" ON "crm_product" BEGIN
  INSERT INTO "crm_product_fts" ("crm_product_fts", rowid, "name") VALUES ('delete', old."id", old."name");
  INSERT INTO "crm_product_fts" (rowid, "name") VALUES (new."id", new."name");
END;

CREATE TRIGGER "crm_product_fts_delete" AFTER DELETE ON "crm_product" BEGIN
  INSERT INTO "crm_product_fts" ("crm_product_fts", rowid, "name") VALUES ('delete', old."id", old."name");
END;

-- index the rows of crm_product
INSERT INTO "crm_product_fts" ("crm_product_fts") VALUES ('rebuild');

-- index the words of crm_region
CREATE VIRTUAL TABLE "crm_region_fts" USING fts5("name", content='crm_region', content_rowid='id', tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0);

CREATE TRIGGER "crm_region_fts_insert" AFTER INSERT ON "crm_region" BEGIN
  INSERT INTO "crm_region_fts" (rowid, "name") VALUES (new."id", new."name");
END;

CREATE TRIGGER "crm_region_fts_update" AFTER UPDATE OF "name" ON "crm_region" BEGIN
  INSERT INTO "crm_region_fts" ("crm_region_fts", rowid, "name") VALUES ('delete', old."id", old."name");
  INSERT INTO "crm_region_fts" (rowid, "name") VALUES (new."id", new."name");
END;

CREATE TRIGGER "crm_region_fts_delete" AFTER DELETE ON "crm_region" BEGIN
  INSERT INTO "crm_region_fts" ("crm_region_fts", rowid, "name") VALUES ('delete', old."id", old."name");
END;

-- index the rows of crm_region
INSERT INTO "crm_region_fts" ("crm_region_fts") VALUES ('rebuild');

-- index the words of finance_invoice
CREATE VIRTUAL TABLE "finance_invoice_fts" USING fts5("number", content='finance_invoice', content_rowid='id', tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0);

CREATE TRIGGER "finance_invoice_fts_insert" AFTER INSERT ON "finance_invoice" BEGIN
  INSERT INTO "finance_invoice_fts" (rowid, "number") VALUES (new."id", new."number");
END;

CREATE TRIGGER "finance_invoice_fts_update" AFTER UPDATE OF "number" ON "finance_invoice" BEGIN
  INSERT INTO "finance_invoice_fts" ("finance_invoice_fts", rowid, "number") VALUES ('delete', old."id", old."number");
  INSERT INTO "finance_invoice_fts" (rowid, "number") VALUES (new."id", new."number");
END;

CREATE TRIGGER "finance_invoice_fts_delete" AFTER DELETE ON "finance_invoice" BEGIN
  INSERT INTO "finance_invoice_fts" ("finance_invoice_fts", rowid, "number") VALUES ('delete', old."id", old."number");
END;

-- index the rows of finance_invoice
INSERT INTO "finance_invoice_fts" ("finance_invoice_fts") VALUES ('rebuild');

-- index the words of finance_payment
CREATE VIRTUAL TABLE "finance_payment_fts" USING fts5("reference", content='finance_payment', content_rowid='id', tokenize='unicode61 remove_diacritics 2', detail=column, columnsize=0);

CREATE TRIGGER "finance_payment_fts_insert" AFTER INSERT ON "finance_payment" BEGIN
  INSERT INTO "finance_payment_fts" (rowid, "reference") VALUES (new."id", new."reference");
END;

CREATE TRIGGER "finance_payment_fts_update" AFTER UPDATE OF "reference" ON "finance_payment" BEGIN
  INSERT INTO "finance_payment_fts" ("finance_payment_fts", rowid, "reference") VALUES ('delete', old."id", old."reference");
  INSERT INTO "finance_payment_fts" (rowid, "reference") VALUES (new."id", new."reference");
END;

CREATE TRIGGER "finance_payment_fts_delete" AFTER DELETE ON "finance_payment" BEGIN
  INSERT INTO "finance_payment_fts" ("finance_payment_fts", rowid, "reference") VALUES ('delete', old."id", old."reference");
END;

-- index the rows of finance_payment
INSERT INTO "finance_payment_fts" ("finance_payment_fts") VALUES ('rebuild');
