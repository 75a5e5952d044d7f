namespace Vdi.Emulator.Images;

/// <summary>How far work on an image is.</summary>
/// <param name="Step">What is done or waited for, in words.</param>
/// <param name="Fraction">0 to 1 of it; null where that is not known.</param>
public sealed record WorkProgress(string Step, double? Fraction);
