package io.rkllm.examples.server.http;

import io.javalin.config.RoutesConfig;

/** Some paths of the server. */
public interface Routes {

  /** Adds them. */
  void addTo(RoutesConfig routes);
}
