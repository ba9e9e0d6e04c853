"""The web page that a browser is shown: plain files, served as they stand."""
