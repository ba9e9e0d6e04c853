"""The laboratory of sokdok: drawn pages, training and measuring, which nobody needs who only reads documents."""
