package io.rkllm.examples.server.http;

import tools.jackson.databind.JsonNode;

/** An API over the engine. It translates requests and answers, and decides nothing itself. */
public interface ApiDialect extends Routes {

  /**
   * Returns whether requests to a path, even if it does not exist, are answered in this dialect.
   */
  boolean handles(String path);

  /** Returns the body of an error response. */
  JsonNode error(RequestException error);
}
