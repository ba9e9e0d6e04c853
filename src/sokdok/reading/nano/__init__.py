"""nano without torch: the checkpoint in the package, on numpy and onnxruntime."""
