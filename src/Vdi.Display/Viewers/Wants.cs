using Vdi.Protocol.Wire;

namespace Vdi.Display.Viewers;

/// <summary>What a viewer's frames depend on besides the screen: who want the same are sent the same.</summary>
/// <param name="Quality">What the person prefers.</param>
/// <param name="Videos">Whether the browser decodes H.264.</param>
/// <param name="Band">How much the line takes, roughly; see <see cref="LineMeter.Band"/>.</param>
internal readonly record struct Wants(Quality Quality, bool Videos, int Band);
