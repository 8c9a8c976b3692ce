package io.rkllm.examples.server.hub;

import org.jspecify.annotations.Nullable;

/**
 * A file as the hub describes it.
 *
 * @param reference the file
 * @param size its size in bytes; negative if unknown
 * @param sha256 its checksum in hexadecimal digits; null if unknown, as for small files
 * @param tag the hub's entity tag of this version; may be empty
 */
record RemoteFile(HubReference reference, long size, @Nullable String sha256, String tag) {

  /** Returns a text that identifies this version of the file. */
  String identity() {
    return size + " " + (sha256 == null ? tag : sha256);
  }

  boolean knowsSize() {
    return size >= 0;
  }
}
