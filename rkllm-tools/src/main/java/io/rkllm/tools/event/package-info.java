/** What becomes known of an answer while it comes. */
package io.rkllm.tools.event;
