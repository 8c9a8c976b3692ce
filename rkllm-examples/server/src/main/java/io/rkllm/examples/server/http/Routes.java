package io.rkllm.examples.server.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;

/** A set of paths of the server. */
public interface Routes {

  /** Adds the paths. */
  void addTo(RoutesConfig routes);

  /**
   * Adds a route for GET, and for HEAD, which gets the same headers. Javalin by itself answers HEAD
   * with status 200 without calling a handler or a filter.
   */
  static void get(RoutesConfig routes, String path, Handler handler) {
    routes.get(path, handler);
    routes.head(path, handler);
  }
}
