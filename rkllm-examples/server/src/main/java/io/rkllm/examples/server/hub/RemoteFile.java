package io.rkllm.examples.server.hub;

import org.jspecify.annotations.Nullable;

/**
 * A file as the hub describes it.
 *
 * @param reference which
 * @param size bytes; negative if the hub does not say
 * @param sha256 its checksum in hex; null if the hub does not say, as of small files
 * @param tag the hub's word for this version of it; may be empty
 */
record RemoteFile(HubReference reference, long size, @Nullable String sha256, String tag) {

  /** What tells this version from others. */
  String identity() {
    return size + " " + (sha256 == null ? tag : sha256);
  }

  boolean knowsSize() {
    return size >= 0;
  }
}
