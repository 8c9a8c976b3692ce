/** What happens to a model and its runs, told to listeners, Flight Recorder and statistics. */
package io.rkllm.internal.event;
