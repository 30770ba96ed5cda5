/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import org.hapibinary.server.contract.DiscoveryTests;
import org.hapibinary.server.contract.authorization.BoundTokenTests;
import org.hapibinary.server.contract.authorization.KickOffLimitTests;
import org.hapibinary.server.contract.authorization.OwnershipTests;
import org.hapibinary.server.contract.authorization.ProofTests;
import org.hapibinary.server.contract.authorization.RefusalTests;
import org.hapibinary.server.contract.authorization.RequestBodyTests;
import org.hapibinary.server.contract.authorization.TokenRefusalTests;
import org.hapibinary.server.contract.download.ContentCodingTests;
import org.hapibinary.server.contract.download.PreconditionTests;
import org.hapibinary.server.contract.download.RangeTests;

/** What goes over the wire on a plain server, which is the same as on all others. */
abstract class PlainJourney extends PlainVersion
        implements DiscoveryTests,
                RangeTests,
                PreconditionTests,
                ContentCodingTests,
                KickOffLimitTests,
                RefusalTests,
                TokenRefusalTests,
                RequestBodyTests,
                OwnershipTests,
                BoundTokenTests,
                ProofTests {}
