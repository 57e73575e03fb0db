/** A service as short as can be, on Stagepost: what is started when starting is measured. */
@NullMarked
package io.stagepost.benchmarks.service.ours;

import org.jspecify.annotations.NullMarked;
