@NullMarked
package io.stagepost.samples.shop;

import org.jspecify.annotations.NullMarked;
