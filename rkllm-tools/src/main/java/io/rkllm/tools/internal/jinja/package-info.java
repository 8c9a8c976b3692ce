/**
 * The subset of Jinja 2 used by chat templates. A template has no access to Java classes, files, or
 * the network, and its computation and output are limited.
 */
package io.rkllm.tools.internal.jinja;
