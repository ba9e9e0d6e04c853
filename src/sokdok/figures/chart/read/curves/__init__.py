"""Line, area and scatter charts: curves and points followed, and read off at the places of their values."""
