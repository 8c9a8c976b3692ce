/** Reports the events of a model and its runs to listeners, Flight Recorder and statistics. */
package io.rkllm.internal.event;
