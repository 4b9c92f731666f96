"""Adam (Kingma, Ba, ICLR 2015) by TensorFlow's one fused kernel for each variable."""

import keras
import tensorflow as tf


class FusedAdam:
    """Adam over a fixed list of variables; the arithmetic is Keras', which composes it from a dozen operations a variable.

    Parameters
    ----------
    targets : list of keras.Variable
    learning_rate, beta_1, beta_2, epsilon : float

    Attributes
    ----------
    variables : list of keras.Variable
        Everything that a resumed training needs.
    """

    def __init__(self, targets, learning_rate, beta_1, beta_2, epsilon):
        self.targets, self.options = targets, {"lr": learning_rate, "beta1": beta_1, "beta2": beta_2, "epsilon": epsilon}
        self.powers = [keras.Variable(float(beta), trainable=False, name=f"power_{k}") for k, beta in enumerate((beta_1, beta_2))]
        self.slots = [[keras.Variable(tf.zeros(target.shape), trainable=False) for target in targets] for _ in range(2)]

    @property
    def variables(self):
        """Powers of the two memories, then the two moments of each variable."""
        return [*self.powers, *self.slots[0], *self.slots[1]]

    def apply(self, gradients, learning_rate=None):
        """One update, with another learning rate than the first where one is given."""
        options = self.options if learning_rate is None else self.options | {"lr": learning_rate}
        powers = [tf.convert_to_tensor(power) for power in self.powers]
        for target, first, second, gradient in zip(self.targets, *self.slots, gradients, strict=True):
            handles = {name: variable.value.handle for name, variable in (("var", target), ("m", first), ("v", second))}
            tf.raw_ops.ResourceApplyAdam(**handles, beta1_power=powers[0], beta2_power=powers[1], grad=gradient, **options)
        for power, beta in zip(self.powers, ("beta1", "beta2"), strict=True):
            power.assign(power * self.options[beta])

    def minimise(self, loss, tape):
        """One update by the gradient of a loss."""
        self.apply(tape.gradient(loss, self.targets))
