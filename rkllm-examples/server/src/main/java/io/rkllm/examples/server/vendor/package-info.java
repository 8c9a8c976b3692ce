/** The dialect of the vendor's demonstration server. */
@NullMarked
package io.rkllm.examples.server.vendor;

import org.jspecify.annotations.NullMarked;
