DROP TABLE prices;
DROP TABLE models;
DROP FUNCTION refuse_rewrite();
