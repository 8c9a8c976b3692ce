package io.rkllm.examples.server.http;

import tools.jackson.databind.JsonNode;

/** One API over the engine: it translates, and decides nothing. */
public interface ApiDialect extends Routes {

  /** Whether a request to this path, also one that leads nowhere, is answered in this dialect. */
  boolean handles(String path);

  /** How a refusal is told. */
  JsonNode error(RequestException error);
}
