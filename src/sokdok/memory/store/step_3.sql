-- Views listed facts before they had what is asked about.
DROP TABLE facts
