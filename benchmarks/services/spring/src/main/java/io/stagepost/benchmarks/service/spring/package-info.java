/** A service as short as can be, on Spring: what is started when starting is measured. */
@NullMarked
package io.stagepost.benchmarks.service.spring;

import org.jspecify.annotations.NullMarked;
