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
ALTER TABLE "crm_customer" ADD COLUMN "search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, translate(regexp_replace(normalize(left(coalesce("code", ''), 20000) || ' ' || left(coalesce("name", ''), 20000) || ' ' || left(coalesce("contact", ''), 20000) || ' ' || left(coalesce("email", ''), 20000) || ' ' || left(coalesce("city", ''), 20000), NFD), '[\u0300-\u036f]+', '', 'g'), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED;

CREATE INDEX "ix_crm_customer_search_vector" ON "crm_customer" USING gin ("search_vector");

-- index the words of crm_order
ALTER TABLE "crm_order" ADD COLUMN "search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, translate(regexp_replace(normalize(left(coalesce("number", ''), 100000), NFD), '[\u0300-\u036f]+', '', 'g'), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED;

CREATE INDEX "ix_crm_order_search_vector" ON "crm_order" USING gin ("search_vector");

-- index the words of crm_product
ALTER TABLE "crm_product" ADD COLUMN "search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, translate(regexp_replace(normalize(left(coalesce("name", ''), 100000), NFD), '[\u0300-\u036f]+', '', 'g'), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED;

CREATE INDEX "ix_crm_product_search_vector" ON "crm_product" USING gin ("search_vector");

-- index the words of crm_region
ALTER TABLE "crm_region" ADD COLUMN "search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, translate(regexp_replace(normalize(left(coalesce("name", ''), 100000), NFD), '[\u0300-\u036f]+', '', 'g'), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED;

CREATE INDEX "ix_crm_region_search_vector" ON "crm_region" USING gin ("search_vector");

-- index the words of finance_invoice
ALTER TABLE "finance_invoice" ADD COLUMN "search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, translate(regexp_replace(normalize(left(coalesce("number", ''), 100000), NFD), '[\u0300-\u036f]+', '', 'g'), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED;

CREATE INDEX "ix_finance_invoice_search_vector" ON "finance_invoice" USING gin ("search_vector");

-- index the words of finance_payment
ALTER TABLE "finance_payment" ADD COLUMN "search_vector" tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, translate(regexp_replace(normalize(left(coalesce("reference", ''), 100000), NFD), '[\u0300-\u036f]+', '', 'g'), '!"#$%&''()*+,-./:;<=>?@[\]^_`{|}~', '                                '))) STORED;

CREATE INDEX "ix_finance_payment_search_vector" ON "finance_payment" USING gin ("search_vector");
