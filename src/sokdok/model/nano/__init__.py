"""nano's nets and the formats of their outputs."""
