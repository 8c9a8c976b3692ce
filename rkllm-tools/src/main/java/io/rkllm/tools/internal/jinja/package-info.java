/**
 * The part of Jinja 2 that chat templates are written in. Nothing a template says reaches Java
 * classes, files or the network, and how much it may compute and write is limited.
 */
package io.rkllm.tools.internal.jinja;
