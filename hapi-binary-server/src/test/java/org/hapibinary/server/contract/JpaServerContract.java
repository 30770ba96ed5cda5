/* Copyright the hapi-binary authors. SPDX-License-Identifier: Apache-2.0 */
package org.hapibinary.server.contract;

import org.hapibinary.server.contract.authorization.BoundTokenContract;
import org.hapibinary.server.contract.authorization.JpaRefusalContract;
import org.hapibinary.server.contract.authorization.KickOffLimitContract;
import org.hapibinary.server.contract.authorization.OwnershipContract;
import org.hapibinary.server.contract.authorization.ProofContract;
import org.hapibinary.server.contract.authorization.RequestBodyContract;
import org.hapibinary.server.contract.authorization.TokenRefusalContract;
import org.hapibinary.server.contract.download.AttachmentContract;
import org.hapibinary.server.contract.download.ContentFaultContract;
import org.hapibinary.server.contract.download.MetadataContract;
import org.hapibinary.server.contract.export.DemoPassedThroughContract;
import org.hapibinary.server.contract.export.EndedChunkContract;
import org.hapibinary.server.contract.export.KickOffContract;
import org.hapibinary.server.contract.export.StalledExportContract;
import org.hapibinary.server.contract.export.TypeFilterContract;
import org.hapibinary.server.contract.lifecycle.MaintenanceContract;

/**
 * One export of the demo's Group, from kick-off to download, on the filesystem store and the database of the subclass.
 */
public abstract class JpaServerContract extends AnyStoreContract
        implements AttachmentContract,
                ContentFaultContract,
                MaintenanceContract,
                StalledExportContract,
                BulkClientContract,
                MetadataContract,
                DiscoveryContract,
                KickOffContract,
                JpaRefusalContract,
                OwnServerContract,
                TokenRefusalContract,
                RequestBodyContract,
                OwnershipContract,
                BoundTokenContract,
                ProofContract,
                KickOffLimitContract,
                EndedChunkContract,
                TypeFilterContract,
                DemoPassedThroughContract {}
