"""Workers on a Ray cluster by Ray Data, or on this machine as on one: the extra `ray`, imported when it is needed."""
