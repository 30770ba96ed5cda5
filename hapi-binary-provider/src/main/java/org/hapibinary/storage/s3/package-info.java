/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
/**
 * Content as objects of a bucket. The only package that knows the AWS SDK.
 */
@NullMarked
package org.hapibinary.storage.s3;

import org.jspecify.annotations.NullMarked;
