"""Documents of Hancom's word processor (Hangul): HWPX (KS X 6101, XML in an archive) and HWP 5 (records in streams)."""
