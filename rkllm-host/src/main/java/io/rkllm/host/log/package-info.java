/** The log of a child process. Exported to SLF4J alone. */
package io.rkllm.host.log;
