using Vdi.Protocol.Fleet;

namespace Vdi.Emulator.Importing;

/// <summary>A disk that was taken over.</summary>
/// <param name="VirtualBytes">What a guest sees of it.</param>
/// <param name="Firmware">What seems to start it; null where nothing on it tells.</param>
public sealed record ImportedDisk(long VirtualBytes, Firmware? Firmware);
