package io.rkllm.examples.server.http;

import tools.jackson.databind.JsonNode;

/**
 * An API over the engine. A dialect only translates requests and answers; all decisions are made by
 * the engine.
 */
public interface ApiDialect extends Routes {

  /**
   * Returns whether requests to a path are answered in this dialect, even if the path does not
   * exist.
   */
  boolean handles(String path);

  /** Returns the body of an error response. */
  JsonNode error(RequestException error);
}
