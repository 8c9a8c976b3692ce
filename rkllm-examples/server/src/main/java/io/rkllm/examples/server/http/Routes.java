package io.rkllm.examples.server.http;

import io.javalin.config.RoutesConfig;

/** A set of paths of the server. */
public interface Routes {

  /** Adds the paths. */
  void addTo(RoutesConfig routes);
}
