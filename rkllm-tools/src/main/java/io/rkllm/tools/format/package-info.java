/** Chat formats of the model families, with tools and thinking where a family has them. */
package io.rkllm.tools.format;
