package lower

// SetFault makes lowering make a mistake, until it is set to NoFault. Not for use while another link runs.
func SetFault(f Fault) { fault = f }
