"""Plane geometry as textbooks draw it: triangles, quadrilaterals, parallels, circles, with what holds in them."""
