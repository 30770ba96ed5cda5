/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.plain;

import org.hapibinary.server.contract.DiscoveryContract;
import org.hapibinary.server.contract.authorization.BoundTokenContract;
import org.hapibinary.server.contract.authorization.KickOffLimitContract;
import org.hapibinary.server.contract.authorization.OwnershipContract;
import org.hapibinary.server.contract.authorization.ProofContract;
import org.hapibinary.server.contract.authorization.RefusalContract;
import org.hapibinary.server.contract.authorization.RequestBodyContract;
import org.hapibinary.server.contract.authorization.TokenRefusalContract;
import org.hapibinary.server.contract.download.ContentCodingContract;
import org.hapibinary.server.contract.download.DisclosureContract;
import org.hapibinary.server.contract.download.PreconditionContract;
import org.hapibinary.server.contract.download.RangeContract;

/** What goes over the wire on a plain server, which is the same as on all others. */
abstract class PlainServerContract extends PlainVersionContract
        implements DiscoveryContract,
                RangeContract,
                PreconditionContract,
                ContentCodingContract,
                KickOffLimitContract,
                RefusalContract,
                TokenRefusalContract,
                RequestBodyContract,
                OwnershipContract,
                BoundTokenContract,
                ProofContract,
                DisclosureContract {}
